import asyncio


def broken():
    raise ValueError("in a callback")


async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: print("handler:", context["exception"]))
    loop.call_soon(broken)
    loop.call_soon(print, "the loop goes on")
    await asyncio.sleep(0)
    future = loop.create_future()
    future.add_done_callback(lambda f: broken())
    future.set_result(None)
    await asyncio.sleep(0)
    print("end")


asyncio.run(main())
