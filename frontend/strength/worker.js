// How guessable a password is, beside the page: typing never waits for it.
//
// in:  {id, password, words}
// out: {ready: true} once, then {id, score, warning} for the newest password; {failed: true} if it cannot load
import init, { estimate } from "./program.js";

let ready = false;
let newest = null;

// A message to ourselves comes after all that already wait, so only the newest of them is estimated.
const turn = new MessageChannel();
turn.port1.onmessage = () => {
    if (!ready || newest === null) return;
    const { id, password, words } = newest;
    newest = null;
    const { score, warning } = judge(password, words);
    self.postMessage({ id, score, warning });
};

function judge(password, words) {
    const answer = estimate(password, words);
    const { score, warning } = answer;
    answer.free();
    return { score, warning };
}

self.onmessage = ({ data }) => {
    newest = data;
    turn.port2.postMessage(null);
};

// It must not take the network from what is waited for.
const module = fetch(new URL("./program_bg.wasm", import.meta.url), { priority: "low" });
init({ module_or_path: module }).then(
    () => {
        ready = true;
        self.postMessage({ ready: true });
        turn.port2.postMessage(null);
    },
    () => self.postMessage({ failed: true }),
);
