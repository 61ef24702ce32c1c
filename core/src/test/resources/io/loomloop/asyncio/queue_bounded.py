import asyncio


async def producer(queue):
    for i in range(4):
        await queue.put(i)
        print("put", i)


async def consumer(queue):
    for _ in range(4):
        await asyncio.sleep(0.01)
        print("got", await queue.get())
        queue.task_done()


async def main():
    queue = asyncio.Queue(2)
    tasks = [asyncio.create_task(producer(queue)), asyncio.create_task(consumer(queue))]
    await asyncio.sleep(0)
    print(queue.qsize(), queue.full())
    await asyncio.wait(tasks)
    await queue.join()
    print("joined", queue.empty())
    try:
        queue.task_done()
    except ValueError:
        print("done too often")


asyncio.run(main())
