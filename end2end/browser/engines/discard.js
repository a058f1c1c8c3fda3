// Making an engine throw a tab's page away as it does when memory is short. Called in another tab. Not the coming back.

import { createRequire } from "node:module";

const { Command } = createRequire(import.meta.url)("selenium-webdriver/lib/command.js");

/** By Chromium's own page for it. */
export async function discardInChromium(browser, address) {
    await browser.get("chrome://discards/");
    const wrong = await browser.executeAsyncScript(`
        const [address, done] = arguments;
        (async () => {
            const { DetailsProvider } = await import("chrome://discards/discards.mojom-webui.js");
            const provider = DetailsProvider.getRemote();
            const { infos } = await provider.getTabDiscardsInfo();
            await provider.discardById(infos.find(({ tabUrl }) => tabUrl === address).id, 0);
        })().then(() => done(null), (error) => done(String(error)));
    `, address);
    if (wrong) throw new Error(wrong);
}

/** By Firefox' own tab strip. */
export async function discardInFirefox(browser) {
    browser.getExecutor().defineCommand("setContext", "POST", "/session/:sessionId/moz/context");
    const enter = (context) => browser.execute(new Command("setContext").setParameter("context", context));
    await enter("chrome");
    const gone = await browser.executeAsyncScript(`
        const [done] = arguments;
        const tab = gBrowser.tabs.find((tab) => !tab.selected);
        gBrowser.prepareDiscardBrowser(tab).then(() => done(gBrowser.discardBrowser(tab, true)), (error) => done(String(error)));
    `);
    await enter("content");
    if (gone !== true) throw new Error(`not discarded: ${gone}`);
}
