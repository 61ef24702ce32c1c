import asyncio


async def body():
    try:
        await asyncio.sleep(1)
    finally:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(1)
        except TimeoutError:
            print("timeout in the cleanup", asyncio.current_task().cancelling())


async def under_a_timeout():
    try:
        async with asyncio.timeout(1):
            await asyncio.sleep(1)
    except TimeoutError:
        print("never")


async def main():
    for b in (body, under_a_timeout):
        task = asyncio.create_task(b())
        await asyncio.sleep(0)
        task.cancel("from outside")
        try:
            await task
        except asyncio.CancelledError as e:
            print("cancelled", e)


asyncio.run(main())
