// Runs Lighthouse on the first screen with its mobile preset.

import { launch } from "chrome-launcher";
import run from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];

/** Returns the scores, the main metrics, and the audits below the full score. */
export async function lighthouse(url) {
    const chromePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    const chrome = await launch({ chromePath, chromeFlags: FLAGS, logLevel: "error" });
    try {
        const { lhr } = await run(url, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" });
        const scores = CATEGORIES.map((name) => `${name} ${Math.round(lhr.categories[name].score * 100)}`);
        const lines = ["", `Lighthouse ${lhr.lighthouseVersion}, mobile: ${scores.join(", ")}`];
        for (const audit of ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight"]) {
            lines.push(`    ${lhr.audits[audit].title}: ${lhr.audits[audit].displayValue}`);
        }
        // The audits that lower a score.
        for (const { id, score, scoreDisplayMode, title } of Object.values(lhr.audits)) {
            const counts = CATEGORIES.some((name) => lhr.categories[name].auditRefs.some((ref) => ref.id === id && ref.weight > 0));
            if (counts && score !== null && score < 1 && scoreDisplayMode !== "informative") lines.push(`    below full score: ${title} (${id}, ${score})`);
        }
        return lines;
    } finally {
        chrome.kill();
    }
}
