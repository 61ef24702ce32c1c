import asyncio


async def user(name, lock, hold):
    async with lock:
        print(name, "has it")
        await asyncio.sleep(hold)
    print(name, "gave it back")


async def main():
    lock = asyncio.Lock()
    tasks = [asyncio.create_task(user(n, lock, 0.1)) for n in "abcd"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.sleep(0.005)
    print(tasks[1].cancelled(), lock.locked())
    await asyncio.wait(tasks)
    await lock.acquire()
    waiter = asyncio.create_task(user("e", lock, 0))
    await asyncio.sleep(0)
    lock.release()
    print("free for a moment", lock.locked())
    newcomer = asyncio.create_task(user("f", lock, 0))
    await asyncio.wait([waiter, newcomer])
    try:
        lock.release()
    except RuntimeError:
        print("not locked")


asyncio.run(main())
