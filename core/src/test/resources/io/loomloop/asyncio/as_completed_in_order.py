import asyncio


async def work(name, delay):
    await asyncio.sleep(delay)
    return name


async def main():
    tasks = [asyncio.create_task(work(n, d)) for n, d in (("a", 0.03), ("b", 0.01), ("c", 0.02))]
    for step in asyncio.as_completed(tasks):
        print(await step)
    slow = asyncio.create_task(work("slow", 1))
    for step in asyncio.as_completed([slow, asyncio.create_task(work("fast", 0))], timeout=0.2):
        try:
            print(await step)
        except TimeoutError:
            print("timeout")
    print(slow.done())


asyncio.run(main())
