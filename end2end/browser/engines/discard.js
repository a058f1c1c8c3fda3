// Makes an engine discard the page of a tab, as it does when memory is low. Called from another tab.

import { createRequire } from "node:module";

const { Command } = createRequire(import.meta.url)("selenium-webdriver/lib/command.js");

/** Uses `chrome://discards`. */
export async function discardInChromium(browser, address) {
    await browser.get("chrome://discards/");
    const failure = await browser.executeAsyncScript(`
        const [address, done] = arguments;
        (async () => {
            const { DetailsProvider } = await import("chrome://discards/discards.mojom-webui.js");
            const provider = DetailsProvider.getRemote();
            const { infos } = await provider.getTabDiscardsInfo();
            await provider.discardById(infos.find(({ tabUrl }) => tabUrl === address).id, 0);
        })().then(() => done(null), (error) => done(String(error)));
    `, address);
    if (failure) throw new Error(failure);
}

/** Uses the tab strip of Firefox in the privileged context. */
export async function discardInFirefox(browser) {
    browser.getExecutor().defineCommand("setContext", "POST", "/session/:sessionId/moz/context");
    const enterContext = (context) => browser.execute(new Command("setContext").setParameter("context", context));
    await enterContext("chrome");
    const discarded = await browser.executeAsyncScript(`
        const [done] = arguments;
        const tab = gBrowser.tabs.find((tab) => !tab.selected);
        gBrowser.prepareDiscardBrowser(tab).then(() => done(gBrowser.discardBrowser(tab, true)), (error) => done(String(error)));
    `);
    await enterContext("content");
    if (discarded !== true) throw new Error(`not discarded: ${discarded}`);
}
