import asyncio


async def child(name):
    print(name, "begins")
    await asyncio.sleep(0)
    print(name, "ends")
    return name.upper()


async def main():
    a = asyncio.create_task(child("a"))
    asyncio.get_running_loop().call_soon(print, "callback")
    b = asyncio.create_task(child("b"))
    print("created", a.done())
    print(await b)
    print(await a)
    print("again", await a)


asyncio.run(main())
