import asyncio


async def work(name, delay, fail=False):
    await asyncio.sleep(delay)
    print(name, "is done")
    if fail:
        raise ValueError(name)
    return name


async def main():
    slow = asyncio.create_task(work("slow", 0.03))
    try:
        await asyncio.gather(work("a", 0.01, True), slow, work("b", 0.02, True))
    except ValueError as e:
        print("failed:", e)
    print(slow.done())
    print(await slow)
    results = await asyncio.gather(work("c", 0.01, True), work("d", 0), return_exceptions=True)
    print(str(results[0]), results[1])


asyncio.run(main())
