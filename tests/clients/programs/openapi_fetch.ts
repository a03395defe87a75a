// A newsroom's program on the types that openapi-typescript generates. It prints what it was answered as JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { env: Record<string, string> };
type TagRequest = components["schemas"]["TagRequest"];

const article: TagRequest & { id: string; headline: string; body: string } = JSON.parse(process.env.ARTICLE);
const client = createClient<paths>({
    baseUrl: process.env.URL,
    headers: { Authorization: `Bearer ${process.env.KEY}` },
});

function given<T>(answer: { data?: T; error?: components["schemas"]["Problem"] }): T {
    if (answer.data === undefined) {
        throw new Error(answer.error?.detail);
    }
    return answer.data;
}

const tagged = given(await client.POST("/v1/tags", { body: { ...article, rejected: ["conflicts"] } }));
const explained = given(
    await client.POST("/v1/tags", { params: { query: { explain: true, units: "utf16" } }, body: article }),
);
const batch = given(await client.POST("/v1/tags/batch", { body: { articles: [article, { body: "Rain." }] } }));
const feedback = { article: article.id, revision: "3", kept: [tagged.tags[0].section], model: tagged.model };
const first = given(await client.POST("/v1/feedback", { body: feedback }));
const second = given(await client.POST("/v1/feedback", { body: feedback }));
const item = given(
    await client.POST("/v1/tags/ninjs", {
        body: { uri: "urn:x:1", headlines: [{ role: "main", value: article.headline }] },
    }),
);
const plain = given(
    await client.POST("/v1/tags/text", {
        body: article.body,
        bodySerializer: (text: string) => text,
        headers: { "Content-Type": "text/plain" },
    }),
);
const refused = await client.POST("/v1/tags", { body: { body: "" } });

const text = explained.text ?? "";
const evidence = explained.tags[0].evidence ?? [];
console.log(
    JSON.stringify({
        tags: tagged.tags.map((tag) => tag.section),
        words: evidence.flatMap((each) => each.spans.map(([start, end]) => text.slice(start, end))),
        batch: batch.results.map((answer) => answer.outcome),
        stored: [first.stored, second.stored],
        subjects: item.subjects.map((subject) => subject.literal),
        plain: plain.tags.map((tag) => tag.section),
        refused: refused.response.status,
    }),
);
