import asyncio


async def main():
    for kind in (asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue):
        queue = kind()
        for item in (2, 3, 1):
            queue.put_nowait(item)
        print(" ".join([str(await queue.get()) for _ in range(3)]))
        try:
            queue.get_nowait()
        except asyncio.QueueEmpty:
            print("empty")


asyncio.run(main())
