// The works of the JMH benchmarks in Node, under the same names. Prints a line for each: work, nanoseconds per operation.
// A switch by `await null` is one microtask, with no turn of the event loop.
'use strict';

const assert = require('node:assert');

/** The median of five runs after two that do not count. */
async function measure(work, operations, main) {
  const figures = [];
  for (let i = 0; i < 7; i++) {
    const start = process.hrtime.bigint();
    await main();
    figures.push(Number(process.hrtime.bigint() - start) / operations);
  }
  console.log(`${work}\t${figures.slice(2).sort((a, b) => a - b)[2].toFixed(0)}`);
}

async function nothing() {}

async function single() {
  return 1;
}

const total = (numbers) => numbers.reduce((a, b) => a + b, 0);

async function yieldFor(times) {
  for (let i = 0; i < times; i++) await null;
}

async function deep(depth, bottom) {
  if (depth === 1) {
    await bottom();
    return 1;
  }
  return (await deep(depth - 1, bottom)) + 1;
}

const repeat = (count, make) => Promise.all(Array.from({ length: count }, make));

const yieldInTurn = (tasks, depth, switches) => async () => {
  const depths = await repeat(tasks, () => deep(depth, () => yieldFor(switches / tasks)));
  assert.equal(total(depths), tasks * depth);
};

async function callDown(depth, times) {
  await repeat(2, async () => {
    for (let i = 0; i < times / 2; i++) assert.equal(await deep(depth, () => null), depth);
  });
}

function pending() {
  let resolve;
  const promise = new Promise((resolved) => (resolve = resolved));
  return { promise, resolve };
}

async function pingPong(rounds) {
  const inbox = [pending(), pending()];
  const first = async () => {
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      inbox[1].resolve(1);
      sum += await inbox[0].promise;
      inbox[0] = pending();
    }
    return sum;
  };
  const second = async () => {
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      sum += await inbox[1].promise;
      inbox[1] = pending();
      inbox[0].resolve(1);
    }
    return sum;
  };
  assert.deepEqual(await Promise.all([first(), second()]), [rounds, rounds]);
}

async function awaitDone(count) {
  const kept = new Array(1024);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const future = (kept[i % 1024] = pending());
    future.resolve(1);
    sum += await future.promise;
  }
  assert.equal(sum, count);
}

async function items(count) {
  async function* generator() {
    for (let i = 0; i < count; i++) yield 1;
  }
  let sum = 0;
  for await (const item of generator()) sum += item;
  assert.equal(sum, count);
}

async function oneByOne(count) {
  for (let i = 0; i < count; i++) await nothing();
}

async function skynet(first, size) {
  if (size === 1) return first;
  const part = size / 10;
  const sums = await repeat(10, (_, i) => skynet(first + i * part, part));
  return total(sums);
}

/** Timers count in milliseconds, and one is the least. */
const fire = (count) =>
  new Promise((resolve) => {
    let fired = 0;
    for (let i = 0; i < count; i++) {
      setTimeout(() => {
        if (++fired === count) resolve();
      }, 1);
    }
  });

const delays = Array.from({ length: 1_000_000 }, () => 3_600_000 * (1 + Math.random()));

const later = () => delays.map((delay) => setTimeout(() => {}, delay));

async function main() {
  for (const tasks of [2, 100, 10_000]) {
    for (const depth of [1, 10, 100]) {
      await measure(`yieldInTurn, depth ${depth}, tasks ${tasks}`, 1_000_000, yieldInTurn(tasks, depth, 1_000_000));
    }
  }
  await measure('alone', 1_000_000, () => yieldFor(1_000_000));
  await measure('callDown', 10_000, () => callDown(100, 10_000));
  await measure('pingPong', 100_000, () => pingPong(100_000));
  await measure('awaitDone', 100_000, () => awaitDone(100_000));
  await measure('oneByOne', 100_000, () => oneByOne(100_000));
  await measure('bulk', 500_000, () => repeat(500_000, nothing));
  await measure('gather', 50_000, async () => {
    for (let i = 0; i < 50; i++) assert.equal(total(await repeat(1_000, single)), 1_000);
  });
  await measure('skynet', 1, async () => assert.equal(await skynet(0, 1_000_000), 499_999_500_000));
  await measure('item', 100_000, () => items(100_000));
  const live = later();
  await measure('setAndCancel', 1_000_000, () => later().forEach(clearTimeout));
  live.forEach(clearTimeout);
  await measure('fire', 1_000_000, () => fire(1_000_000));
}

main();
