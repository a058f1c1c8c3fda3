//! How the ports are done. Each outside library is imported in one adapter and nowhere else.
