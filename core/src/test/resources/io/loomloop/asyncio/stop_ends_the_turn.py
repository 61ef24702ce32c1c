import asyncio

loop = asyncio.new_event_loop()


def stopper():
    print("stop")
    loop.stop()
    loop.call_soon(print, "in the next run")


loop.call_soon(stopper)
loop.call_soon(print, "same turn")
loop.run_forever()
print("between")
loop.call_soon(loop.stop)
loop.run_forever()
try:
    future = loop.create_future()
    loop.call_soon(loop.stop)
    loop.run_until_complete(future)
except RuntimeError:
    print("stopped before the future completed")
loop.close()
