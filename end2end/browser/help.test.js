// The help page, its printed version, and the opening hours of the service desk.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, setLocalTime, startBrowser, openWatchedContext, withPage } from "./support/browser.js";
import { startDemo } from "./support/demo.js";
import { Registration } from "./support/registration.js";
import { Wizard } from "./support/wizard.js";

const OUTSIDE = '[organisation.service_desk.outside]\nnl = "Heb je nu dienst? Bel de receptie."\nen = "On duty now? Call reception."\n';

let demo;
let browser;
before(async () => {
    demo = await startDemo(OUTSIDE);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await demo?.stop();
});

test("The wizard and the enrollment link to the help page, which opens in a new tab in the same language.", () =>
    withPage(browser, demo, PHONE, async (page, context) => {
        for (const program of [new Wizard(page, demo), new Registration(page, demo)]) {
            await program.open();
            if (await page.locator("html").getAttribute("lang") === "nl") await page.locator("#language").click();
            const opened = context.waitForEvent("page");
            await page.getByRole("link", { name: "Help with problems" }).click();
            const help = await opened;
            await help.getByRole("heading", { name: "Help with your password", level: 1 }).waitFor();
            assert.equal(await help.locator("section h2:visible").count(), 5);
            assert.equal(await help.getByRole("link", { name: "Help with problems" }).count(), 0, "the help page does not link to itself");
            await help.close();
        }
    }));

test("The help page prints on one page in each language, with a QR code and the phone number.", () =>
    withPage(browser, demo, DESKTOP, async (page) => {
        for (const [language, title] of [["nl", "Wachtwoord vergeten? Scan deze code."], ["en", "Forgotten your password? Scan this code."]]) {
            await page.goto(`${demo.origin}/hulp?language=${language}`);
            assert.equal(await page.getByText(title).isVisible(), false, "the QR code is for print only");
            const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
            assert.equal(pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length, 1, `pages in ${language}`);
            await page.emulateMedia({ media: "print" });
            await page.getByText(title).waitFor();
            assert.equal(await page.locator(".poster .qr svg").isVisible(), true);
            assert.equal(await page.locator(".help .phone").isVisible(), true);
            assert.equal(await page.locator(".actions").isVisible(), false);
            await page.emulateMedia({ media: null });
        }
    }));

for (const [time, nl, en, outside] of [
    ["2026-11-20 16:59:59", "Nu open tot 17.00.", "Open now, until 17:00.", false],
    ["2026-11-20 17:00:00", "Nu gesloten. Weer open maandag om 8.00.", "Closed now. Open again on Monday at 8:00.", true],
]) {
    test(`At ${time} the pages say «${nl}»`, async () => {
        const { context } = await openWatchedContext(browser, demo, PHONE);
        await setLocalTime(context, time);
        const page = await context.newPage();
        for (const program of [new Wizard(page, demo), new Registration(page, demo)]) {
            await program.open();
            await page.locator("html[data-live]").waitFor();
            if (await page.locator("html").getAttribute("lang") === "en") await page.locator("#language").click();
            await page.getByText(nl, { exact: true }).waitFor();
            assert.equal(await page.getByText("Heb je nu dienst? Bel de receptie.").count(), outside ? 1 : 0);
            await page.locator("#language").click();
            await page.getByText(en, { exact: true }).waitFor();
        }
        await context.close();
    });
}

test("The status of the service desk updates while the page is open.", async () => {
    const { context } = await openWatchedContext(browser, demo, DESKTOP);
    const page = await context.newPage();
    await page.clock.install({ time: new Date("2026-11-20T15:59:50Z") });
    // Uses the browser's clock in the time zone that the page requests.
    await page.addInitScript(() => {
        Date.prototype.toLocaleString = function (locale, options) {
            return new Intl.DateTimeFormat(locale, { ...options, dateStyle: "short", timeStyle: "medium" }).format(this);
        };
    });
    await new Wizard(page, demo).open();
    await page.getByText("Nu open tot 17.00.").waitFor();
    await page.clock.runFor(30_000);
    await page.getByText("Nu gesloten. Weer open maandag om 8.00.").waitFor();
    await context.close();
});
