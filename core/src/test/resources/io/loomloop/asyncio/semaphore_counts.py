import asyncio


async def user(name, semaphore):
    async with semaphore:
        print(name, "in")
        for _ in range(3):
            await asyncio.sleep(0)
    print(name, "out")


async def main():
    semaphore = asyncio.BoundedSemaphore(2)
    tasks = [asyncio.create_task(user(n, semaphore)) for n in "abcd"]
    await asyncio.sleep(0)
    print(semaphore.locked())
    await asyncio.wait(tasks)
    print(semaphore.locked())
    try:
        semaphore.release()
    except ValueError:
        print("released too often")


asyncio.run(main())
