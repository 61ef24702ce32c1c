import asyncio


async def work(name, delay):
    await asyncio.sleep(delay)
    print(name, "is done")
    return name


async def main():
    a = asyncio.ensure_future(work("a", 0.03))
    b = asyncio.ensure_future(work("b", 0.01))
    print(" ".join(await asyncio.gather(a, b, a)))
    print(len(await asyncio.gather()))


asyncio.run(main())
