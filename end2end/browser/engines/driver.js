// A WebDriver server of one engine, started for one test file and ended with it: free port, profile and home in a
// folder that is removed, noise in a file. Not the sessions: see session.js.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.js";
import { freePort } from "../support/port.js";

// A group of its own hears nothing of an end from outside; then `exit` ends it, see below.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const LOGS = fileURLToPath(new URL("../../../target/engines", import.meta.url));
const LAST_LINES = 30;
const FOLDERS = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"];
// It chooses a number for itself and says it on descriptor 3.
const SCREEN = ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];

/** Starts the engine's driver, and a screen for it where it needs one. */
export async function startDriver(engine) {
    const folder = join(LOGS, engine.name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const home = await mkdtemp(join(tmpdir(), "engine-"));
    const started = [];
    const forget = () => rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    const stop = async () => {
        for (const program of started.reverse()) await program.stop();
        process.removeListener("exit", forget);
        forget();
    };
    try {
        const log = join(folder, "driver.log");
        // Nothing of whoever runs this: an engine's language follows from it.
        const { PATH } = process.env;
        const environment = { PATH, LC_ALL: "C.UTF-8", ...engine.environment, HOME: home, TMPDIR: home };
        for (const name of FOLDERS) environment[name] = home;
        if (engine.needsScreen) {
            const screen = new Program("Xvfb", SCREEN, environment, join(folder, "screen.log"));
            started.push(screen);
            environment.DISPLAY = `:${await screen.says()}`;
        }
        const port = await freePort();
        const driver = new Program(...engine.driver(port), environment, log);
        started.push(driver);
        const url = `http://127.0.0.1:${port}`;
        await eventually(async () => {
            driver.isAlive();
            return (await (await fetch(`${url}/status`)).json()).value.ready;
        }, { says: `${engine.name}'s driver` });
        process.once("exit", forget);
        const lastWords = async () => (await readFile(log, "utf8")).split("\n").slice(-LAST_LINES).join("\n");
        return { url, stop, folder, lastWords };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** A program with whatever it starts: it is a group of its own, and ends as one. */
class Program {
    #child;
    #failed;
    #ended;
    #kill;

    constructor(command, options, environment, log) {
        this.#child = spawn(command, options, { detached: true, stdio: ["ignore", "pipe", "pipe", "pipe"], env: environment });
        const file = createWriteStream(log);
        this.#child.stdout.pipe(file);
        this.#child.stderr.pipe(file);
        this.#child.once("error", (error) => (this.#failed = error));
        // Also where it could not be started, which is an error.
        this.#ended = once(this.#child, "exit").catch(() => {});
        this.#kill = () => this.#signal("SIGKILL");
        process.once("exit", this.#kill);
    }

    /** Throws where it has ended. */
    isAlive() {
        if (this.#failed) throw this.#failed;
        if (this.#child.exitCode !== null) throw new Error(`${this.#child.spawnfile} ended (${this.#child.exitCode})`);
    }

    /** What it says on descriptor 3. */
    async says() {
        return eventually(() => {
            this.isAlive();
            return String(this.#child.stdio[3].read() ?? "").trim();
        }, { says: `a word of ${this.#child.spawnfile}` });
    }

    async stop() {
        process.removeListener("exit", this.#kill);
        this.#signal("SIGTERM");
        await this.#ended;
        this.#kill();
    }

    #signal(signal) {
        if (this.#failed) return;
        try {
            process.kill(-this.#child.pid, signal);
        } catch (error) {
            // Gone already.
            if (error.code !== "ESRCH") throw error;
        }
    }
}
