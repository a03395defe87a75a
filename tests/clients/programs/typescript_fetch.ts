// A newsroom's program on the TypeScript client that openapi-generator generates. It prints what it was answered as JSON.
import { Configuration, FeedbackApi, TaggingApi, Units, ResponseError } from "./client/index.js";

declare const process: { env: Record<string, string> };

const article: { id: string; headline: string; body: string } = JSON.parse(process.env.ARTICLE);
const settings = new Configuration({ basePath: process.env.URL, accessToken: process.env.KEY });
const tagging = new TaggingApi(settings);
const editors = new FeedbackApi(settings);

const tagged = await tagging.tag({ tagRequest: { ...article, rejected: ["conflicts"] } });
const explained = await tagging.tag({ tagRequest: article, explain: true, units: Units.Utf16 });
const batch = await tagging.tagBatch({ batchRequest: { articles: [article, { body: "Rain." }] } });
const feedback = { article: article.id, revision: "4", kept: [tagged.tags[0].section], model: tagged.model };
const first = await editors.sendFeedback({ feedback });
const second = await editors.sendFeedback({ feedback });
const item = await tagging.tagNinjs({
    ninjsRequest: { uri: "urn:x:1", headlines: [{ role: "main", value: article.headline }] },
});
const plain = await tagging.tagText({ body: article.body });
const refused = await tagging.tag({ tagRequest: { body: "" } }).then(
    () => 200,
    (error: ResponseError) => error.response.status,
);

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
        refused,
    }),
);
