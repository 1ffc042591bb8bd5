import type { Socket } from "node:net";

/**
 * Writes `unit` over and over, as fast as it is read, until this many bytes are sent or the connection is gone. Resolves
 * with the number of bytes sent, including those in the system's buffers.
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
