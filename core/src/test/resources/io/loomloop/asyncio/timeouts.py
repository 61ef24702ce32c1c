import asyncio


async def main():
    try:
        async with asyncio.timeout(0.01) as scope:
            await asyncio.sleep(1)
    except TimeoutError:
        print("timeout", scope.expired(), asyncio.current_task().cancelling())
    async with asyncio.timeout(1) as scope:
        await asyncio.sleep(0)
    print("in time", scope.expired())
    async with asyncio.timeout(0.01) as scope:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            print("swallowed")
    print("ends normally", scope.expired())
    async with asyncio.timeout(0.01) as scope:
        scope.reschedule(None)
        await asyncio.sleep(0.03)
        print("never", scope.when() is None)
    try:
        async with asyncio.timeout(0.01):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                raise ValueError("instead")
    except ValueError as e:
        print(e)
    try:
        async with asyncio.timeout(0):
            print("begins all the same")
            await asyncio.sleep(0)
            print("never")
    except TimeoutError:
        print("at the first await")


asyncio.run(main())
