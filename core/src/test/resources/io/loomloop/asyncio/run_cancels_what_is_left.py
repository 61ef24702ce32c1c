import asyncio


async def left(name):
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print("cancelled", name)
        await asyncio.sleep(0.01)
        print("ended", name)
        raise


async def main():
    asyncio.create_task(left("a"))
    await asyncio.sleep(0)
    print("main ends")
    return 42


print(asyncio.run(main()))
