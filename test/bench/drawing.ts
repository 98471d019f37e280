import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCanvas } from '../../src/clients/canvas.ts';
import { chart } from '../../src/views/chart.ts';
import { wordsIn } from '../../src/views/words.ts';
import { benchRun } from './charts.ts';

/** A process that answers whatever is asked, draws as many charts as the parent says, and tells how much memory it has then. */
const canvas = createCanvas();
const words = wordsIn('en').chart;
const server = createServer((arrived, answer) => {
  arrived.resume().on('end', () => answer.end());
});

process.on('message', async (count: number) => {
  await Promise.all(Array.from({ length: count }, () => canvas.draw(chart(benchRun, words))));
  process.send?.({ resident: process.memoryUsage().rss });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
