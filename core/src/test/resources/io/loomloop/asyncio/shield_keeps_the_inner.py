import asyncio


async def work():
    await asyncio.sleep(0.02)
    print("inner ends")
    return "result"


async def outer(inner):
    try:
        await asyncio.shield(inner)
    except asyncio.CancelledError:
        print("outer is cancelled, inner", inner.cancelled())
        raise


async def main():
    inner = asyncio.create_task(work())
    task = asyncio.create_task(outer(inner))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    print(await inner)
    inner = asyncio.create_task(work())
    shielded = asyncio.shield(inner)
    await asyncio.sleep(0)
    inner.cancel()
    try:
        await shielded
    except asyncio.CancelledError:
        print("inner cancelled alone:", shielded.cancelled())


asyncio.run(main())
