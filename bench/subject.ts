// What a benched process says to the bench: its port once, and the CPU time it has used whenever it is asked.

export function tellParent(address: unknown): void {
  if (typeof address !== 'object' || address === null || !('port' in address))
    throw new Error('The server has no port');
  process.send?.({ port: address.port });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, rssMib: process.memoryUsage.rss() / 1_048_576 });
  });
  process.on('disconnect', () => process.exit(0));
}
