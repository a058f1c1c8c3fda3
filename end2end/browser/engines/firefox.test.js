// Runs every scenario in Firefox.

import { FIREFOX } from "./engines.js";
import { registerScenarios } from "./scenarios.js";

registerScenarios(FIREFOX);
