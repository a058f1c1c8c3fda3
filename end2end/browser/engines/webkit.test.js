// Runs every scenario in WebKit.

import { WEBKIT } from "./engines.js";
import { registerScenarios } from "./scenarios.js";

registerScenarios(WEBKIT);
