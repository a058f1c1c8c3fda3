// Records what a page sends to the server.

/** Records the paths of all POST requests from now on. */
export function recordPosts(page) {
    const calls = [];
    page.on("request", (request) => {
        if (request.method() === "POST") calls.push(new URL(request.url()).pathname);
    });
    return calls;
}
