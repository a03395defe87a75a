// A newsroom's program on TypeSafe's SDK for JavaScript.
import { readFileSync } from "node:fs";
import { choice, noul, TypeSafeClient } from "@typesafe-ai/sdk";

const told = JSON.parse(readFileSync(0, "utf8"));
const client = new TypeSafeClient({ baseUrl: told.url, baseURL: told.url, apiKey: told.key, model: "latest" });
const ask = async (state, questions) => (await client.systemOne({ model: "latest", state, questions })).answers;
const asked = Object.fromEntries(Object.entries(told.questions).map(([name, text]) => [name, noul(text)]));
const probabilities = [];
for (const article of told.articles) {
  const answers = await ask(article, asked);
  probabilities.push(Object.keys(asked).map((name) => answers[name].noul));
}
const options = Object.fromEntries(told.choice.map((value) => [value, null]));
const { which } = await ask(told.articles[0], { which: choice("Which?", options) });
let refused = null;
try {
  await ask(told.articles[0], { wrong: noul(told.wrong) });
} catch (error) {
  refused = [error.status ?? error.statusCode, error.message];
}
console.log(JSON.stringify({ probabilities, chosen: [which.choice, which.confidence], refused }));
