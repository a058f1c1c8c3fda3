//! Access of the fuzz targets to the text of a mail server's reply.

/// The text for the log of a reply to a message for this address.
pub fn reply_for_log(reply: &str, recipient: &str) -> String {
    super::reply_text::for_log(reply, recipient.parse().ok().as_ref())
}
