import asyncio


async def waiter(name, future):
    print(name, "got", await future)


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    tasks = [asyncio.create_task(waiter(name, future)) for name in "ab"]
    await asyncio.sleep(0)
    future.add_done_callback(lambda f: print("callback", f.result()))
    loop.call_soon(print, "before")
    future.set_result(7)
    loop.call_soon(print, "after")
    print("set")
    for task in tasks:
        await task


asyncio.run(main())
