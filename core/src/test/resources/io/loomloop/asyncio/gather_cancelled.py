import asyncio


async def work(name):
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise


async def main():
    tasks = [asyncio.create_task(work(name)) for name in "ab"]
    both = asyncio.gather(*tasks)
    await asyncio.sleep(0)
    print(both.cancel())
    try:
        await both
    except asyncio.CancelledError:
        print("gather", both.done(), tasks[1].cancelled())

    tasks = [asyncio.create_task(work(name)) for name in "cd"]
    both = asyncio.gather(*tasks)
    await asyncio.sleep(0)
    tasks[0].cancel()
    try:
        await both
    except asyncio.CancelledError:
        print("a child alone:", both.cancelled(), tasks[1].done())
    tasks[1].cancel()
    await asyncio.sleep(0)


asyncio.run(main())
