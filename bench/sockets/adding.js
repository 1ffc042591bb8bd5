/**
 * Adds jobs, always `inFlight` of them at once, with nothing around each call that is not the client's.
 *
 * @param {import("../peers/clients.js").Client} client
 * @param {string | Buffer} body
 * @param {number} count
 * @param {number} inFlight
 * @returns {Promise<void>}
 */
export async function add(client, body, count, inFlight) {
  if (client.flood !== undefined) return client.flood(body, count, inFlight);
  await new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const next = () => {
      answered++;
      if (sent < count) send();
      else if (answered === count) resolve(undefined);
    };
    const send = () => {
      sent++;
      client.add(body, next, reject);
    };
    while (sent < Math.min(count, inFlight)) send();
  });
}
