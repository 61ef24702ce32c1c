import asyncio


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def one(f):
        print("one")
        f.add_done_callback(two)

    def two(f):
        print("two", f.exception())

    def three(f):
        print("three")

    future.add_done_callback(three)
    future.add_done_callback(one)
    future.add_done_callback(three)
    future.add_done_callback(two)
    print("removed", future.remove_done_callback(three))
    future.set_exception(ValueError("broken"))
    print("set")
    await asyncio.sleep(0)
    print("next turn")
    await asyncio.sleep(0)
    try:
        future.set_result(1)
    except asyncio.InvalidStateError:
        print("done twice")


asyncio.run(main())
