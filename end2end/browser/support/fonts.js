// The fonts of the pictures: the same two on every machine, whatever else is installed. The product itself uses system
// fonts.

import { access, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGES = {
    "fonts-inter": "/usr/share/fonts/opentype/inter",
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu",
};

// No hinting, because it depends on the settings of the machine and moves letters by whole pixels.
const CONFIGURATION = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  ${Object.values(PACKAGES).map((folder) => `<dir>${folder}</dir>`).join("")}
  <cachedir prefix="cwd">cache</cachedir>
  <selectfont>
    <rejectfont><pattern><patelt name="family"><string>Inter Display</string></patelt></pattern></rejectfont>
    <rejectfont><pattern><patelt name="family"><string>DejaVu Serif</string></patelt></pattern></rejectfont>
    <rejectfont><pattern><patelt name="family"><string>DejaVu Sans</string></patelt></pattern></rejectfont>
  </selectfont>
  <match><test name="family"><string>monospace</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>DejaVu Sans Mono</string></edit></match>
  <match><edit name="family" mode="append"><string>Inter</string></edit></match>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintnone</const></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
`;

/** Returns the environment in which a browser finds only these fonts. */
export async function pinnedFonts() {
    for (const [name, folder] of Object.entries(PACKAGES)) {
        await access(folder).catch(() => {
            throw new Error(`pictures need the fonts of Debian's ${name}: apt-get install -y --no-install-recommends ${name}`);
        });
    }
    const folder = await mkdtemp(join(tmpdir(), "wachtwoord-reset-fonts-"));
    const file = join(folder, "fonts.conf");
    await writeFile(file, CONFIGURATION.replace('prefix="cwd">cache', `>${join(folder, "cache")}`));
    return { FONTCONFIG_FILE: file };
}
