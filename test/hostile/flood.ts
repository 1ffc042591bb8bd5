import type { Socket } from "node:net";

/**
 * Writes `unit` again and again, as fast as it is read, until so many bytes have left or the connection is gone. Resolves
 * with how many have left; what the system's own buffers took counts.
 */
export async function flood(socket: Socket, unit: Uint8Array, bytes: number): Promise<number> {
  const before = socket.bytesWritten;
  let proceed = (): void => {};
  const onChange = (): void => proceed();
  socket.on("drain", onChange).on("close", onChange);
  while (socket.bytesWritten - before < bytes && socket.writable) {
    const room = socket.write(unit);
    if (room) continue;
    await new Promise<void>((resolve) => {
      proceed = resolve;
    });
  }
  socket.off("drain", onChange).off("close", onChange);
  return socket.bytesWritten - socket.writableLength - before;
}
