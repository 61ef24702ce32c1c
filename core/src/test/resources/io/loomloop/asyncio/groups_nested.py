# since 3.13: nested groups that fail at once keep their counts balanced
import asyncio


async def fails(delay, name):
    await asyncio.sleep(delay)
    raise ValueError(name)


def shape(e):
    if isinstance(e, ExceptionGroup):
        return "(" + " ".join(shape(x) for x in e.exceptions) + ")"
    return str(e)


async def main():
    try:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(fails(0.01, "outer"))
            async with asyncio.TaskGroup() as inner:
                inner.create_task(fails(0.01, "inner"))
                await asyncio.sleep(1)
    except ExceptionGroup as e:
        print(shape(e))
    try:
        async with asyncio.TaskGroup() as outer:
            async with asyncio.TaskGroup() as inner:
                inner.create_task(fails(0, "x"))
                inner.create_task(fails(0, "y"))
            print("never")
    except ExceptionGroup as e:
        print(shape(e))
    print(asyncio.current_task().cancelling())


asyncio.run(main())
