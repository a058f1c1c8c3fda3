// Runs every scenario in Chromium.

import { CHROMIUM } from "./engines.js";
import { registerScenarios } from "./scenarios.js";

registerScenarios(CHROMIUM);
