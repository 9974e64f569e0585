/*
 * setup_signer - the certificate and key that mails are signed with, read and checked for setup.
 *
 * The certificate has to name mail.from_address.  One that is out of its time is a warning to a
 * start, as setup.h has it.
 */
#pragma once
#include "flow/setup.h"

/* NULL: none is named, or f received an error, or it is a credential that a test cannot reach. */
struct cms_signer *setup_signer_read(const struct config *c, enum setup_for why, struct faults *f);
