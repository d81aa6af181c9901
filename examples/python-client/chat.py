"""Prints what everybody says, and says each line that you type: python chat.py wss://…"""
import asyncio
import sys

from broadcast_client import BroadcastClient


def show(message):
    print(f"{message['position']} {message.get('from', 'the server')}: {message['message']}", flush=True)


async def main(url):
    client = BroadcastClient(url, show, on_gap=lambda: print("Some messages are lost.", flush=True))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.run())
        while line := await asyncio.to_thread(sys.stdin.readline):
            await client.send(line.strip())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
