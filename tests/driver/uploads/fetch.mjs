// Posts zeros with fetch: node fetch.mjs URL BYTES [chunked]. Prints the status and the type of the answer.
const [url, bytes, chunked] = process.argv.slice(2);
const whole = new Uint8Array(Number(bytes));
const stream = new ReadableStream({
  start(controller) {
    for (let at = 0; at < whole.length; at += 65536) controller.enqueue(whole.subarray(at, at + 65536));
    controller.close();
  },
});
const body = chunked ? { body: stream, duplex: "half" } : { body: whole };
try {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, ...body });
  console.log(answer.status, answer.headers.get("content-type"));
} catch (error) {
  console.log(error.cause?.code ?? error.name);
}
