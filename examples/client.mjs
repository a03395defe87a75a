// Tag an article from JavaScript, in Node.js 20 or in a browser. Nothing has to be installed.
//
//     import { explain, tags } from "./client.mjs";
//     const found = await tags("http://127.0.0.1:8000", { id: "a-1", headline: "...", body: "..." });

async function ask(url, path, article, { key = "", milliseconds = 2000 } = {}) {
    const headers = { "Content-Type": "application/json" }; // without it, fetch says that JSON is text/plain
    if (key) {
        headers.Authorization = `Bearer ${key}`;
    }
    const answer = await fetch(url + path, {
        method: "POST",
        headers,
        body: JSON.stringify(article),
        signal: AbortSignal.timeout(milliseconds),
    });
    const content = await answer.json();
    if (!answer.ok) {
        throw new Error(content.detail);
    }
    return content;
}

/** Return the tags of an article, or null if there is no answer in time: publish then, and ask again later. */
export async function tags(url, article, options) {
    try {
        return (await ask(url, "/v1/tags", article, options)).tags;
    } catch (error) {
        console.error(`Copydesk gave no tags: ${error.message}`);
        return null;
    }
}

/** Return the tags of an article, each with the words of the text that speak for it. */
export async function explain(url, article, options) {
    // JavaScript counts in units of UTF-16
    const { text, tags } = await ask(url, "/v1/tags?explain=true&units=utf16", article, options);
    return tags.map(({ section, evidence }) => ({
        section,
        words: evidence
            .filter(({ share }) => share > 0)
            .flatMap(({ spans }) => spans.map(([start, end]) => text.slice(start, end))),
    }));
}
