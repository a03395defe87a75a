// Posts zeros with http.request: node request.mjs URL BYTES. Prints the status and the type of the answer.
import http from "node:http";

const [url, bytes] = process.argv.slice(2);
const headers = { "content-type": "application/json", "content-length": bytes };
const request = http.request(url, { method: "POST", headers }, (answer) => {
  answer.resume();
  answer.on("end", () => {
    console.log(answer.statusCode, answer.headers["content-type"]);
    process.exit();
  });
});
request.on("error", (error) => {
  console.log(error.code);
  process.exit();
});
request.end(Buffer.alloc(Number(bytes)));
