import asyncio
import time


async def nested(outer_delay, inner_delay, busy):
    try:
        async with asyncio.timeout(outer_delay) as outer:
            try:
                async with asyncio.timeout(inner_delay) as inner:
                    if busy:
                        time.sleep(0.05)
                    await asyncio.sleep(1)
            except TimeoutError:
                print("inner", outer.expired(), inner.expired())
                await asyncio.sleep(1)
                print("never")
    except TimeoutError:
        print("outer", outer.expired(), inner.expired())


async def main():
    await nested(0.5, 0.01, False)
    await nested(0.01, 10, False)
    await nested(0.01, 0.02, True)
    print(asyncio.current_task().cancelling())


asyncio.run(main())
