import asyncio

loop = asyncio.new_event_loop()


def first():
    print("first")
    loop.call_soon(print, "asked for by first")


loop.call_soon(first)
loop.call_soon(print, "second")
loop.call_later(0.02, print, "later")
loop.call_later(0.01, print, "sooner")
loop.call_later(0.03, loop.stop)
cancelled = loop.call_soon(print, "never")
cancelled.cancel()
print("before the run", cancelled.cancelled())
loop.run_forever()
loop.close()
print("closed", loop.is_closed())
