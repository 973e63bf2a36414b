/**
 * All tidy rules, by what they ask for.
 */
import { anyTypes, bannedWords, defaultExports, topLevelDecorators } from "./banned-words.ts";
import { brokenLinks, missingDocuments, missingPaths } from "./links.ts";
import { deadFiles } from "./reachable.ts";
import { longFiles, longFunctions, longLines, missingHeaders, oddNames } from "./shapes.ts";
import type { Rule } from "./sources.ts";
import { machinePaths, synonyms, unrankedFolders, versions } from "./texts.ts";

export const RULES = {
  "lines of at most 100 columns": longLines,
  "functions of at most 70 lines": longFunctions,
  "files of at most 500 lines": longFiles,
  "a header comment in each file": missingHeaders,
  "names in kebab-case that say something": oddNames,
  "no banned words": (sources) => bannedWords(sources),
  "no `any`": anyTypes,
  "no default exports": defaultExports,
  "no top-level decorators in the core": topLevelDecorators,
  "no dead files": deadFiles,
  "links that lead somewhere": brokenLinks,
  "documents that exist": missingDocuments,
  "paths that exist": missingPaths,
  "one word for one thing": synonyms,
  "no paths of one machine": machinePaths,
  "one version": versions,
  "a rank for each folder": unrankedFolders,
} as const satisfies Record<string, Rule>;
