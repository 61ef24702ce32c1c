import asyncio


async def work(delay, cleanup=0.0, swallow=False):
    try:
        await asyncio.sleep(delay)
        return "in time"
    except asyncio.CancelledError:
        await asyncio.sleep(cleanup)
        print("cleaned up")
        if swallow:
            return "late value"
        raise


async def main():
    print(await asyncio.wait_for(work(0), 1))
    try:
        await asyncio.wait_for(work(1, 0.01), 0.01)
    except TimeoutError:
        print("timeout, after the cleanup")
    try:
        print(await asyncio.wait_for(work(1, 0, True), 0.01))
    except TimeoutError:
        print("timeout")
    task = asyncio.create_task(asyncio.wait_for(work(1), 1))
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    print(await asyncio.wait_for(asyncio.sleep(0, "none"), None))


asyncio.run(main())
