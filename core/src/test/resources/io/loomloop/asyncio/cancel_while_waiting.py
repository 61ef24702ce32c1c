import asyncio


async def worker():
    try:
        print("works")
        await asyncio.sleep(10)
    except asyncio.CancelledError as e:
        print("caught", e)
        raise
    finally:
        print("cleans up")
        await asyncio.sleep(0.01)
        print("cleaned up")


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0)
    task.cancel("enough")
    print("asked")
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", task.cancelled(), task.cancelling())


asyncio.run(main())
