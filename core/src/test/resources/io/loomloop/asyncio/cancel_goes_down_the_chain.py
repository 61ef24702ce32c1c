import asyncio


async def inner(future):
    try:
        await future
    except asyncio.CancelledError:
        print("inner")
        raise


async def outer(task):
    try:
        await task
    except asyncio.CancelledError:
        print("outer")
        raise


async def main():
    future = asyncio.get_running_loop().create_future()
    bottom = asyncio.create_task(inner(future))
    middle = asyncio.create_task(outer(bottom))
    top = asyncio.create_task(outer(middle))
    await asyncio.sleep(0.01)
    top.cancel("through")
    print("future", future.cancelled())
    try:
        await top
    except asyncio.CancelledError as e:
        print("top", e)
    print(bottom.cancelled(), middle.cancelled(), future.cancelled())


asyncio.run(main())
