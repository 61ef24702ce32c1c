# since 3.13: Queue.shutdown
import asyncio


async def consumer(name, queue):
    try:
        while True:
            item = await queue.get()
            print(name, "got", item)
            queue.task_done()
    except asyncio.QueueShutDown:
        print(name, "ends")


async def main():
    queue = asyncio.Queue(1)
    tasks = [asyncio.create_task(consumer(name, queue)) for name in "ab"]
    await queue.put(1)
    await asyncio.sleep(0.01)
    queue.put_nowait(2)
    queue.shutdown()
    try:
        await queue.put(3)
    except asyncio.QueueShutDown:
        print("put refused")
    await asyncio.wait(tasks)
    await queue.join()
    print("joined")

    queue = asyncio.Queue()
    queue.put_nowait(1)
    queue.shutdown(immediate=True)
    await queue.join()
    try:
        await queue.get()
    except asyncio.QueueShutDown:
        print("dropped")


asyncio.run(main())
