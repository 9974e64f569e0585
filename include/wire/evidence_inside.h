/*
 * evidence_inside - the words that the writer of a bundle and its check share.
 */
#pragma once

#define EVIDENCE_FORMAT "liaisond-evidence/1"
#define EVIDENCE_SOURCE "source=" /* in detail of a record */
