import asyncio


async def then_returns():
    asyncio.current_task().cancel("by itself")
    return "dropped"


async def then_awaits():
    asyncio.current_task().cancel()
    print("still runs")
    await asyncio.sleep(0)
    print("never")


async def then_takes_it_back():
    asyncio.current_task().cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        print("left", asyncio.current_task().uncancel())
    await asyncio.sleep(0.01)
    return "kept"


async def main():
    for body in (then_returns, then_awaits, then_takes_it_back):
        task = asyncio.create_task(body())
        try:
            print(await task)
        except asyncio.CancelledError as e:
            print("cancelled", e)


asyncio.run(main())
