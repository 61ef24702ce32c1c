import asyncio


async def count(name, n):
    for i in range(n):
        print(name, i)
        await asyncio.sleep(0)


async def main():
    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(count("a", 3)), asyncio.create_task(count("b", 2))]
    loop.call_soon(lambda: loop.call_soon(print, "callback of the second turn"))
    await count("main", 4)
    for task in tasks:
        await task
    print("end")


asyncio.run(main())
