// Every screen and state of the registration, and the static pages, for screens.js.

const REFERENCE = "K7Q2-9F4M";
const KNOWN = { masked: "", source: "employee", since: "2026-11-20", confirmed: true, usable_in: 0 };
const NUMBER = { ...KNOWN, masked: "06-•• •• •• 78" };
const QR = { size: 45, path: "M4 4h7v7h-7zM34 4h7v7h-7zM4 34h7v7h-7zM14 14h17v3h-17zM16 20h9v9h-9zM30 22h4v12h-4z" };
const ACTIVATION = { link: "igmobileotp://?action=secactivate", qr: QR, password: "4821 7730" };

const points = (...ready) =>
    ["scope", "birthdate", "mobile", "app"].map((point, index) => ({ point, ready: ready[index] }));

function overview(changes) {
    return {
        step: "overview", username: "E.Hendriks", expires_in: 900,
        overview: {
            may_change: true, birthdate: KNOWN, mobile: NUMBER, proposed_birthdate: null, proposed_mobile: null,
            birthdate_elsewhere: false, confirming: false, app: "active", can_activate: true, activation: null,
            points: points(true, true, true, true), time: Math.floor(Date.now() / 1000), ...changes,
        },
    };
}

/** Makes the server report this state and shows it. */
async function showState(registration, answer) {
    await registration.page.unroute("**/api/registration/current");
    await registration.page.route("**/api/registration/current", (route) => route.fulfill({ json: answer }));
    await registration.page.reload();
    await registration.isLive();
}

/** Every screen with simulated responses; registration.test.js tests the real flow. */
export async function registrationScreens({ registration, page, inspect }) {
    const signedOut = { step: "sign_in", username: null, expires_in: null, overview: null };
    await registration.open();
    await showState(registration, signedOut);
    await registration.isAt("sign_in");
    await inspect("r1-sign-in");
    await inspect("r1-sign-in-privacy", { open: true });
    await registration.stub("sign_in", 403, { refusal: "not_verified", reference: REFERENCE, attempts_left: 4 });
    await registration.signIn("E.Hendriks", "Verkeerd-123!");
    await registration.seesNotice("Gebruikersnaam of wachtwoord klopt niet");
    await inspect("r1-sign-in-wrong");

    await showState(registration, { ...signedOut, step: "code", username: "E.Hendriks", expires_in: 900 });
    await registration.isAt("code");
    await inspect("r2-code");

    const unregistered = overview({ birthdate: null, mobile: null, app: "none", points: points(true, false, false, false) });
    await showState(registration, unregistered);
    await registration.isAt("overview");
    await inspect("r3-overview-nothing");
    await registration.stub("birthdate", 200, overview({ mobile: null, app: "none", points: points(true, true, false, false) }));
    await registration.button("Geboortedatum invullen").click();
    await registration.isAt("birthdate");
    await registration.field("birthdate").fill("32-13-1990");
    await registration.button("Opslaan").click();
    await registration.seesNotice("Er klopt iets niet");
    await inspect("r4-birthdate-wrong");
    await registration.field("birthdate").fill("24-12-1990");
    await registration.button("Opslaan").click();
    await registration.isAt("check_birthdate");
    await inspect("r4-birthdate-check");
    await registration.button("Klopt, opslaan").click();
    await registration.isAt("overview");
    await inspect("r3-overview-saved");
    await registration.button("Nummer invullen").click();
    await registration.isAt("mobile");
    await inspect("r5-mobile");
    await registration.stub("mobile", 200, overview({ confirming: true, app: "none", points: points(true, true, false, false) }));
    await registration.field("mobile").fill("0612345678");
    await registration.button("Opslaan").click();
    await registration.isAt("check_mobile");
    await inspect("r5-mobile-check");
    await registration.button("Klopt, opslaan").click();
    await registration.isAt("confirm");
    await inspect("r6-confirm");

    const linking = overview({ app: "activating", points: points(true, true, true, false), activation: ACTIVATION });
    await showState(registration, linking);
    await registration.isAt("overview");
    await page.route("**/api/registration/app", (route) => route.fulfill({ json: linking }));
    await registration.button("Verder met koppelen").click();
    await registration.isAt("activation");
    await inspect("r7-activation-install");
    await registration.button("De app staat op mijn telefoon").click();
    await registration.sees("Stap 2 van 2");
    await inspect("r7-activation", { open: true });
    // Without unrouting the other response first, because the page polls every few seconds.
    await page.route("**/api/registration/app", (route) => route.fulfill({ json: overview({}) }));
    await registration.isAt("linked");
    await inspect("r8-linked");

    await showState(registration, overview({}));
    await registration.isAt("overview");
    await inspect("r3-overview-ready", { open: true });
    await showState(registration, overview({
        birthdate: { ...KNOWN, source: "hr", confirmed: false, usable_in: 86_400 },
        proposed_birthdate: { masked: "", since: "2026-11-20" },
        proposed_mobile: { masked: "06-•• •• •• 21", since: "2026-11-20" },
        confirming: true,
        points: points(true, false, true, true),
    }));
    await registration.isAt("overview");
    await inspect("r3-overview-proposals");
    await showState(registration, overview({ may_change: false, app: "locked", points: points(false, true, true, false) }));
    await registration.isAt("overview");
    await inspect("r3-overview-locked");
}

/** The page for a client outside the allowed networks. */
export async function outsideNetworks({ page, demo, inspect }) {
    await page.goto(`${demo.origin}/registratie`);
    await page.getByText("Daarom kan dat alleen op je werk.").waitFor();
    await inspect("r0-elsewhere", { languages: ["nl"] });
}

async function staticPage({ page, demo, inspect }, name, path) {
    for (const language of ["nl", "en"]) {
        await page.goto(`${demo.origin}/${path}?language=${language}`);
        await page.locator(`html[lang=${language}]`).waitFor();
        await inspect(name, { languages: [language] });
    }
}

/** The pages without a program. */
export async function staticPages(context) {
    await staticPage(context, "s1-help", "hulp");
    await staticPage(context, "s2-privacy", "privacy");
}

/** An address without a page. */
export async function notFound(context) {
    await staticPage(context, "s3-not-found", "nergens");
}
