/* Newer versions validate each template, which takes most of the time; the run with the recommended flags has it, where it counts. */
process.env.CDK_VALIDATION = 'false';
