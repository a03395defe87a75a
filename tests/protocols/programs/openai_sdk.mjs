// A newsroom's program on OpenAI's SDK for JavaScript.
import { readFileSync } from "node:fs";
import OpenAI from "openai";

const told = JSON.parse(readFileSync(0, "utf8"));
const client = new OpenAI({ baseURL: `${told.url}/v1`, apiKey: told.key });
const named = (questions) =>
  Object.entries(questions).map(([name, instructions]) => ({ type: "predicate", name, instructions }));
const ask = (article, questions) =>
  client.decisions.create({ model: "latest", input: JSON.stringify(article), questions });
const probabilities = [];
for (const article of told.articles) {
  const { answers } = await ask(article, named(told.questions));
  probabilities.push(answers.map((answer) => answer.probability));
}
const choices = told.choice.map((value) => ({ value }));
const [chosen] = (await ask(told.articles[0], [{ type: "choice", name: null, instructions: "Which?", choices }])).answers;
let refused = null;
try {
  await ask(told.articles[0], named({ wrong: told.wrong }));
} catch (error) {
  refused = [error.status, error.message];
}
console.log(JSON.stringify({ probabilities, chosen: [chosen.choice, chosen.confidence], refused }));
